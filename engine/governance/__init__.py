"""What agents may do on their own: contracts, and the judgement of every action by its effect."""
