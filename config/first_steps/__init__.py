"""The first steps of staff, teachers and students on the home page. Each step knows by itself whether it is done."""
