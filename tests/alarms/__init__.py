"""Alarms begin once, end once, and reach receivers."""
