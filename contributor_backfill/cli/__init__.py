"""Words in, words out: one small file per command."""
