// SDKs that speak Segment's HTTP API, as their users set them up for another host. Each maker gives {analytics, finish}:
// the calls, and what waits until all is delivered or fails.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

// What has not been sent stays in `queue`; a flush takes `flushAt` messages of it. The SDK begins flushes by itself,
// too, and tries again for minutes what is not answered: it must not outlive its server.
function finishQueue(analytics) {
  const flushes = [];
  const flush = analytics.flush.bind(analytics);
  analytics.flush = (...args) => {
    flushes.push(flush(...args));
    return flushes.at(-1);
  };
  return async () => {
    while (analytics.queue.length > 0) await analytics.flush();
    await Promise.all(flushes);
  };
}

// Segment's SDK before @segment/analytics-node.
function analyticsNode(origin, collectKey) {
  const Analytics = require('analytics-node');
  const analytics = new Analytics(collectKey, { host: origin, retryCount: 10 });
  return { analytics, finish: finishQueue(analytics) };
}

function customerIo(origin, collectKey) {
  const { Analytics } = require('@customerio/cdp-analytics-node');
  const analytics = new Analytics({ writeKey: collectKey, host: origin, maxRetries: 10 });
  const failures = [];
  analytics.on('error', (error) => failures.push(error));
  return {
    analytics,
    finish: async () => {
      await analytics.closeAndFlush({ timeout: 120_000 });
      if (failures.length > 0) throw new Error(`${failures.length} messages were given up`, { cause: failures[0] });
    },
  };
}

function rudderStack(origin, collectKey) {
  const module = require('@rudderstack/rudder-sdk-node');
  const Analytics = module.default ?? module;
  const analytics = new Analytics(collectKey, { dataPlaneUrl: origin, retryCount: 10 });
  return { analytics, finish: finishQueue(analytics) };
}

export const sdks = {
  'analytics-node 6': analyticsNode,
  '@customerio/cdp-analytics-node': customerIo,
  '@rudderstack/rudder-sdk-node': rudderStack,
};
