"""What oversight keeps of its own."""

from portal.oversight.models.figures import LONGEST, Answering, Publication

__all__ = ["LONGEST", "Answering", "Publication"]
