"""Who decides: labs, customers, clouds, chipmakers, utilities, publishers, investors, hosts."""
