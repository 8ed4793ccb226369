import { EventEmitter, env, workspace } from "vscode";
import type { LanguageSetting } from "../../l10n/language";
import { chooseLanguage } from "../../l10n/language";
import { Disposable } from "./disposable";
import { readSettings, type Settings } from "./settings";
import { type Texts, textsIn } from "./texts";

const SECTION = "secureshare";

/** The settings as they are now, with the language that they and VS Code's own make. */
export class LiveSettings extends Disposable {
  readonly #changed = this.register(new EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #current = read();
  #texts = textsIn(chooseLanguage(this.#current.language, env.language));

  constructor() {
    super();
    this.register(
      workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration(SECTION)) return;
        this.#current = read();
        this.#texts = textsIn(chooseLanguage(this.#current.language, env.language));
        this.#changed.fire();
      }),
    );
  }

  get current(): Settings {
    return this.#current;
  }
  get texts(): Texts {
    return this.#texts;
  }

  async setLanguage(language: LanguageSetting): Promise<void> {
    await workspace.getConfiguration(SECTION).update("language", language, true);
  }

  /** Puts a relay before those that are configured. */
  async addRelay(relay: string): Promise<void> {
    const others = this.#current.relayUrls.filter((url) => url !== relay);
    await workspace.getConfiguration(SECTION).update("relay.urls", [relay, ...others], true);
  }
}

function read(): Settings {
  const configuration = workspace.getConfiguration(SECTION);
  return readSettings((key) => configuration.get(key));
}
