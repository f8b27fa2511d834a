import { Button } from "@/components/ui/button";

/** In place of a page that could not be drawn: our bug. Nothing that was sent is lost. */
export function BrokenPage() {
  return (
    <main className="auth">
      <div className="auth-in">
        <span className="wordmark">Muster</span>
        <div className="blank" role="alert">
          <p className="blank-title">This page has broken</p>
          <p>Agents go on working, and what you have written is kept.</p>
          <Button onClick={() => location.reload()}>Load it anew</Button>
        </div>
      </div>
    </main>
  );
}
