// The core of Segment's SDK for React Native outside of an app: React Native's own modules, which need a phone, are
// replaced by the little that the SDK asks of them.
import Module, { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const contextInfo = {
  appName: 'shop',
  appVersion: '1.2',
  buildNumber: '17',
  bundleId: 'example.shop',
  deviceId: 'react native device',
  deviceName: 'iPhone',
  deviceType: 'ios',
  locale: 'nl-NL',
  manufacturer: 'Apple',
  model: 'iPhone15,2',
  networkType: 'wifi',
  osName: 'iOS',
  osVersion: '17.1',
  screenHeight: 852,
  screenWidth: 393,
  timezone: 'Europe/Amsterdam',
};

// A phone whose app goes to the background and comes back when a test says so.
export class Phone {
  #listeners = new Set();

  constructor() {
    this.modules = {
      'react-native': {
        AppState: { currentState: 'active', addEventListener: (_, listener) => this.#listen(listener) },
        NativeEventEmitter: class {
          addListener() {}
        },
        NativeModules: {
          AnalyticsReactNative: { getContextInfo: async () => contextInfo },
          Sovran: { addListener() {}, removeListeners() {} },
        },
        Platform: { OS: 'ios', select: (choices) => choices.ios ?? choices.default },
      },
      react: { createContext: () => ({}), useContext() {}, useMemo() {} },
    };
  }

  setState(state) {
    for (const listener of this.#listeners) listener(state);
  }

  // The SDK's exports, as an app on this phone gets them.
  loadSdk() {
    const load = Module._load;
    Module._load = (name, ...rest) => this.modules[name] ?? load(name, ...rest);
    try {
      return require('@segment/analytics-react-native');
    } finally {
      Module._load = load;
    }
  }

  #listen(listener) {
    this.#listeners.add(listener);
    return { remove: () => this.#listeners.delete(listener) };
  }
}
