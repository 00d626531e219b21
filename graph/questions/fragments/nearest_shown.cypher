// The nearest of the days `shown` of several parts: the last one up to the day, or else the first one after it.
coalesce(max(CASE WHEN shown <= $on THEN shown END), min(shown))
