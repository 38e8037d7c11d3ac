"""The citizen's pages: what I allow and am asked, stopping it, and the receipts of every step."""
