"""The audit log as staff read it: its filters and pages, the objects of its events, their details, and the export."""
