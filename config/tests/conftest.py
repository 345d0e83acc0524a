from config.tests.school import school

__all__ = ["school"]
