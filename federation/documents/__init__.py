"""The door at which the wire stops: a file a type, frozen dataclasses, read_x and write_x."""
