"""Reading catalogues of others: pure parsing, apart from writing (portal.catalogue.actions.imports)."""
