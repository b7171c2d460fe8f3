"""The store: SQLite files, their schema and what is written to and read from them."""
