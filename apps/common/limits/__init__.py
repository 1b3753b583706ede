"""Token buckets: any number of them charged in one call, all or none. `README.md` of this app tells the life of a charge."""

from apps.common.limits.buckets import Bucket, Verdict
from apps.common.limits.limiter import acharge, charge, give_back
from apps.common.limits.names import private

__all__ = ["Bucket", "Verdict", "acharge", "charge", "give_back", "private"]
