"""Video rooms: what any engine gives (`engine`), and the engine that only knows written addresses (`static`)."""
