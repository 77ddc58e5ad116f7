UPDATE subscriptions SET epoch = it.epoch
  FROM unnest($1::int[], $2::bigint[]) AS it (partition, epoch)
 WHERE subscriptions.partition = it.partition AND subscriptions.epoch < it.epoch
