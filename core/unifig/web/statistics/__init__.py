"""Which config values moved a result, and which of them can't be told apart."""
