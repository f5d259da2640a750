"""Sources of the pictures that the client API names; `python -m web.pictures.render` draws them."""
