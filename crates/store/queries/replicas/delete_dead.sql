delete from replicas
 where beat_at < $1
