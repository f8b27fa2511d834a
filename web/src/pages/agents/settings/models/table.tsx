import type { ModelConfig, Provider } from "@/api/generated/types";
import { Glyph } from "@/components/ui/glyph";
import { plain } from "@/lib/plain";
import { contextWord, nameOf, priceWord } from "./words";

interface Props {
  models: ModelConfig[];
  providers: Provider[];
  chosen: string | undefined;
  onOpen: (model: string) => void;
}

export function ModelTable({ models, providers, chosen, onOpen }: Props) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Name</th>
          <th>Identifier</th>
          <th className="r">Context</th>
          <th className="r">In / out per million</th>
          <th style={{ width: 168 }}>State</th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <tr
            key={model.id}
            className={model.id === chosen ? "go sel" : "go"}
            onClick={() => onOpen(model.id)}
          >
            <td>
              <button type="button" className="name" aria-expanded={model.id === chosen}>
                {nameOf(model)}
              </button>{" "}
              {model.is_default && <span className="tag">Default</span>}
            </td>
            <td className="m">
              <code>{plain(model.model)}</code>
            </td>
            <td className="r" data-label="Context">
              {contextWord(model.context_limit)}
            </td>
            <td className="r">
              <Price model={model} />
            </td>
            <td>
              <State
                model={model}
                provider={providers.find((one) => one.provider === model.provider)}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Price({ model }: { model: ModelConfig }) {
  const word = priceWord(model.model_config.cost);
  if (word.kind === "unpriced") return <span className="warn">Unpriced</span>;
  if (word.kind === "free") return <span className="q">No charge</span>;
  return <>{word.text}</>;
}

function State({ model, provider }: { model: ModelConfig; provider: Provider | undefined }) {
  if (!model.enabled) return <span className="q">Off</span>;
  if (!provider || provider.source === "supported") {
    return (
      <span className="bad">
        <Glyph name="error" /> No provider
      </span>
    );
  }
  if (!provider.enabled) {
    return (
      <span className="warn">
        <Glyph name="warn" /> Provider off
      </span>
    );
  }
  return (
    <span className="m">
      <Glyph name="check" /> Enabled
    </span>
  );
}
