-- One page of the roots that others share with somebody, alone or with a group, the most
-- recently active first. Pins and the read cursor are their owner's, so there are none here.
select c.id, c.organization_id, c.owner_id, c.parent_chat_id, c.root_chat_id, c.workspace_id,
       c.build_id, c.agent_id, c.last_model_config_id, c.last_reasoning_effort, c.title,
       c.status, c.archived, c.mode, c.plan_mode, c.client_type, c.pin_order, c.labels,
       c.mcp_server_ids, c.last_error, c.last_read_message_id, c.snapshot_version,
       c.history_version, c.queue_version, c.generation_attempt, c.retry_state,
       c.retry_state_version, c.requires_action_deadline_at, c.compaction_requested_at,
       c.worker_id, c.runner_id, null as system_prompt, null as dynamic_tools, c.shared,
       c.queued_for_capacity, c.effect_id, c.created_at, c.updated_at,
       c.last_turn_summary, false as has_unread
  from chats as c
 where c.id in (
         select u.chat_id
           from chat_acl_users as u
          where u.user_id = $1
          union
         select g.chat_id
           from group_members as m
           join chat_acl_groups as g on g.group_id = m.group_id
          where m.user_id = $1
       )
   and c.owner_id <> $1
   and c.archived = $2
   and ($3 = '' or c.title_folded like $3 escape '\')
   and ($7 = '' or c.status = $7)
   and (
     /*p:int:$9*/ = 0
     or (
       select count(*)
         from /*pairs:$8*/ as w
         join chat_labels as l on l.key = w.key and l.value = w.value
        where l.chat_id = c.id
     ) = /*p:int:$9*/
   )
   and (
     /*p:uuid:$4*/ is null
     or (-c.updated_at, c.id) > (
       select -a.updated_at, a.id
         from chats as a
        where a.id = /*p:uuid:$4*/
     )
   )
 order by -c.updated_at, c.id
 limit $5 offset $6
