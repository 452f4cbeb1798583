"""An HTTP chart repository."""
