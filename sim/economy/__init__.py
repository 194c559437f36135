"""Who is in it, where they meet, in what order, and its books. Begin at model.py."""
