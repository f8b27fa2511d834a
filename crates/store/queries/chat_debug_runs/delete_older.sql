delete from chat_debug_runs where finished_at < $1
