"""Draws what pages of courses repeat as HTML: the values of courses/pages/ fill in templates/courses/fragments/."""
