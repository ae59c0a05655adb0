"""Hatch's hook: the wheel carries the built pages, so that what installs it needs no Node."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebBuildHook(BuildHookInterface):  # type: ignore[type-arg, misc, unused-ignore] # hatchling is not there when mypy runs
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what changed, then put dist into the wheel: git ignores it, so hatch would leave it out."""
        if self.target_name != "wheel":
            return
        web = Path(self.root, "app/web")
        spec = importlib.util.spec_from_file_location("vigie_web_build", web / "build.py")
        if spec is None or spec.loader is None:
            raise RuntimeError(f"cannot read {web / 'build.py'}")
        builder = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(builder)
        builder.build(web, self.app.display_info)
        if version != "editable":
            build_data["force_include"][str(web / "dist")] = "app/web/dist"
