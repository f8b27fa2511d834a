-- Everything that decides what a person may spend: the configuration, their own limit, and the
-- smallest among those of their groups.
select c.enabled, c.default_limit_micros, c.period,
       u.chat_spend_limit_micros as user_limit_micros,
       g.chat_spend_limit_micros as group_limit_micros,
       g.organization_id
  from chat_usage_limit_config as c
  left join users as u on u.id = $1
  left join groups as g on g.id = (
         select s.id
           from group_members as m
           join groups as s on s.id = m.group_id
          where m.user_id = $1 and s.chat_spend_limit_micros is not null
          order by s.chat_spend_limit_micros, s.organization_id, s.id
          limit 1
       )
 where c.id = 1
