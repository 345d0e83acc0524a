"""Draws the rows of a timeline as HTML: the values of farm/timeline/ fill in templates/farm/fragments/."""
