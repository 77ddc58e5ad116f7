WITH before AS (
    SELECT name, subscription FROM shown WHERE name = $1 AND next = $2 FOR UPDATE
), counts_gone AS (
    DELETE FROM traffic USING before WHERE traffic.name = before.subscription
), parked_gone AS (
    DELETE FROM parked USING before WHERE parked.name = before.subscription
), places_gone AS (
    DELETE FROM subscriptions USING before WHERE subscriptions.name = before.subscription
)
UPDATE shown SET subscription = next, next = NULL
  FROM before
 WHERE shown.name = before.name
