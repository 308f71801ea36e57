"""The meetings tool's only SQL: meetings and editions, people and answers, promised mail, incoming mail."""
