"""
What a run was asked for and what its target is: settings, target declarations, durations.

Inputs are options, environment, ini and `realtime.toml` (DESIGN.md, section 4); the answers are frozen values. The
`environment` module alone reads the environment.
"""

from harness.config.budgets import Budgets, limits_in_code
from harness.config.capabilities import CAPABILITIES, EVERYTHING, SERVED, WRITE_ONLY, May, checked_words
from harness.config.contract import FIELD_WORDS, LARAVEL, Contract, EventShape, Route
from harness.config.credentials import Csrf
from harness.config.declarations import (
    Backend,
    Broadcaster,
    ChannelRule,
    Person,
    Secrets,
    TargetDeclaration,
    World,
)
from harness.config.durations import Seconds, duration, spelled
from harness.config.environment import base_image, cache_folder, child_environment, engine_address, image_of
from harness.config.patterns import overlap
from harness.config.reference import OWN_FIELDS, OWN_ROUTES, own_target
from harness.config.services import Ready, Service, stages, words
from harness.config.settings import OPTIONS, TIERS, Settings, load, target_declaration
from harness.config.transport import DIRECT, Tls, Transport

__all__ = [
    "CAPABILITIES",
    "DIRECT",
    "EVERYTHING",
    "FIELD_WORDS",
    "LARAVEL",
    "OPTIONS",
    "OWN_FIELDS",
    "OWN_ROUTES",
    "SERVED",
    "TIERS",
    "WRITE_ONLY",
    "Backend",
    "Broadcaster",
    "Budgets",
    "ChannelRule",
    "Contract",
    "Csrf",
    "EventShape",
    "May",
    "Person",
    "Ready",
    "Route",
    "Seconds",
    "Secrets",
    "Service",
    "Settings",
    "TargetDeclaration",
    "Tls",
    "Transport",
    "World",
    "base_image",
    "cache_folder",
    "checked_words",
    "child_environment",
    "duration",
    "engine_address",
    "image_of",
    "limits_in_code",
    "load",
    "overlap",
    "own_target",
    "spelled",
    "stages",
    "target_declaration",
    "words",
]
