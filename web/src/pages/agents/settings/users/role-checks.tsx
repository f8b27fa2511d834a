import { useQuery } from "@tanstack/react-query";
import { Checkbox } from "@/components/ui/form";
import { Failed, Loading } from "@/components/ui/states";
import { rolesQuery } from "./queries";

interface Props {
  chosen: string[];
  onToggle: (role: string, on: boolean) => void;
}

/** Every role with a check mark; those that the reader may not give are locked. */
export function RoleChecks({ chosen, onToggle }: Props) {
  const roles = useQuery(rolesQuery);
  if (roles.isPending) return <Loading rows={3} label="Loading roles" />;
  if (roles.isError) {
    return <Failed title="Roles could not be loaded" error={roles.error} onRetry={roles.refetch} />;
  }
  return (
    <fieldset className="form roles">
      <legend className="vh">Roles</legend>
      <span className="lab">Roles</span>
      <div className="checks">
        {roles.data
          .filter((role) => role.name !== "member")
          .map((role) => (
            // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox is a control
            <label key={role.name}>
              <Checkbox
                checked={chosen.includes(role.name)}
                disabled={!role.assignable}
                onCheckedChange={(on) => onToggle(role.name, on === true)}
              />
              {role.display_name || role.name}
              {!role.assignable && <span className="q">Only an owner can give it</span>}
            </label>
          ))}
      </div>
    </fieldset>
  );
}
