"""What commands ask of the running daemon over its control socket: one handler per verb (`orders.ControlOrders`).

A handler reads what it is given, asks the directory in a thread of its own, and lets the desk act in one unit of work.
"""
