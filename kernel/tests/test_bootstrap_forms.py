"""The Bootstrap classes of a form's widgets."""

from django import forms

from kernel.forms.bootstrap import BootstrapFormMixin


class ExampleForm(BootstrapFormMixin, forms.Form):
    name = forms.CharField()
    colour = forms.ChoiceField(choices=[("r", "Red")])
    own_class = forms.CharField(widget=forms.TextInput({"class": "own"}))
    version = forms.IntegerField(widget=forms.HiddenInput)


def test_each_visible_widget_without_a_class_gets_the_class_of_its_kind():
    form = ExampleForm()
    assert 'class="form-control"' in str(form["name"])
    assert '<select name="colour" class="form-select"' in str(form["colour"])
    assert 'class="own"' in str(form["own_class"])
    assert "class" not in str(form["version"])
