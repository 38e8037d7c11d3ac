"""The steps of the seed. Each goes through the apps' own actions, by the people and systems whose acts they are."""
