"""Fakes and builders that several tiers share."""
