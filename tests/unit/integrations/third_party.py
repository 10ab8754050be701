"""An integration as another distribution would bring it."""

import msgspec

from cuelight.integrations.github import MODULE as GITHUB

MODULE = msgspec.structs.replace(GITHUB, name="thirdparty")
