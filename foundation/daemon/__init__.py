"""What every daemon of ours does alike: starts, reloads, stops, dies, is the only one, tells how it is."""
