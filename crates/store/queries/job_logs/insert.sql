insert into job_logs (job_id, created_at, stage, level, source, output)
values ($1, $2, $3, $4, $5, $6)
