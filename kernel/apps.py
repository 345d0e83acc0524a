from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "kernel"

    def ready(self) -> None:
        from django.urls import register_converter

        from kernel.exports.download import FormatConverter

        register_converter(FormatConverter, "file_format")  # before the addresses of any app are read
