"""sampleframework: a ``Settings`` object, by section and option."""

from unifig import Value, hookimpl

types = ("sampleframework:Settings",)


@hookimpl
def update(obj):
    """The options of each section, with what the framework knows of them."""
    return {
        section.name: {
            option.name: Value(
                option.value,
                kind="code" if option.is_chosen else "default",
                default=option.default,
                help=option.help,
                secret=option.is_secret,
            )
            for option in section.options()
        }
        for section in obj.sections()
    }
