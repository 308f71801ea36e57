"""The pages: a personal one for every invited person, the way into the room, feeds, the secretary's list, the week."""
