"""The live room: one campaign in memory, its command handler, and what its people are told."""
