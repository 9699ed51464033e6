// A month of a small shop's app, made up but always the same: what its devices would have sent in April 2016.
import { createHash } from 'node:crypto';

const day = 86_400_000;
const monthStart = Date.parse('2016-04-01T00:00:00Z');

export const range = { startDate: '2016-04-01', endDate: '2016-04-30' };
export const deviceCount = 3000;

// mulberry32: small, fast, and the same everywhere.
function makeRandom(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    chance: (probability) => next() < probability,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (list) => list[Math.floor(next() * list.length)],
  };
}

const guid = (...parts) => createHash('md5').update(parts.join('/')).digest('hex');
const instant = (time) => new Date(time).toISOString();

const countries = [
  {
    country: 'nl',
    carrier: 'KPN',
    locale: 'nl_NL',
    offset: 120,
    cities: [
      ['Noord-Holland', 'Amsterdam'],
      ['Utrecht', 'Utrecht'],
    ],
  },
  {
    country: 'fr',
    carrier: 'Orange',
    locale: 'fr_FR',
    offset: 120,
    cities: [
      ['Île-de-France', 'Paris'],
      ['Rhône', 'Lyon'],
    ],
  },
  {
    country: 'de',
    carrier: 'Telekom.de',
    locale: 'de_DE',
    offset: 120,
    cities: [
      ['Bayern', 'München'],
      ['Berlin', 'Berlin'],
    ],
  },
  {
    country: 'eg',
    carrier: 'Vodafone EG',
    locale: 'ar_EG',
    offset: 120,
    cities: [
      ['القاهرة', 'القاهرة'],
      ['الجيزة', 'الجيزة'],
    ],
  },
  {
    country: 'jp',
    carrier: 'NTT docomo',
    locale: 'ja_JP',
    offset: 540,
    cities: [
      ['東京都', '渋谷区'],
      ['大阪府', '大阪市'],
    ],
  },
  {
    country: 'us',
    carrier: 'T-Mobile',
    locale: 'en_US',
    offset: -240,
    cities: [
      ['New York', 'New York'],
      ['Ohio', 'Columbus, "C-bus"'],
    ],
  },
];
const phones = [
  ['Nexus 5', 'LGE', '6.0.1', 23],
  ['Nexus 5X', 'LGE', '6.0.1', 23],
  ['SM-G930F', 'samsung', '6.0.1', 23],
  ['SM-G900F', 'samsung', '5.0', 21],
  ['HTC One_M8', 'htc', '5.0.1', 21],
  ['D6603', 'Sony', '5.1.1', 22],
  ['MI 5', 'Xiaomi', '6.0', 23],
  ['ONE A2003', 'OnePlus', '5.1.1', 22],
  ['XT1068', 'motorola', '5.0.2', 21],
];
const products = [
  'Coffee beans, "Bella" 1 kg',
  'Café crème',
  '抹茶 (matcha)',
  'قهوة عربية',
  'Grinder 2.0',
  'Müsli, Früchte & Nüsse',
  'Filter No. 4',
  'Mug "Monday"',
  '羊羹',
  'Pain d’épices',
];
const searches = ['coffee', 'tasse', 'コーヒー', 'قهوة', 'gift < €20', '"decaf"', 'espresso, dark'];
const comments = [
  'Great!',
  'Good, but "strong".\nWould buy again.',
  '美味しいです。',
  'ممتاز جدا',
  'Too slow :-(',
  'line 1\r\nline 2, with comma',
];
const exceptions = [
  [
    'java.lang.NullPointerException',
    "Attempt to invoke virtual method 'int java.util.List.size()' on a null object",
  ],
  ['java.lang.OutOfMemoryError', 'Failed to allocate a 8294412 byte allocation'],
  ['android.os.NetworkOnMainThreadException', 'connect to "api.shop.example"'],
];
const screens = [
  'Home',
  'Search',
  'Product',
  'Cart',
  'Checkout',
  'Orders',
  'Settings',
  'Aide & contact',
  'お気に入り',
];
const versions = [
  ['1.2', 12, 0],
  ['1.3', 13, 9],
  ['1.4 beta', 14, 21],
]; // name, code, first day of the month

function makeDevice(number) {
  const random = makeRandom(number * 7919 + 13);
  const [phoneModel, phoneManufacturer, firmwareVersion, androidAPILevel] = random.pick(phones);
  const home = random.pick(countries);
  return {
    number,
    random,
    home,
    deviceId: guid('device', number),
    phone: { phoneModel, phoneManufacturer, firmwareVersion, firmwareName: 'REL', androidAPILevel },
    city: random.pick(home.cities),
    user: random.chance(0.35) ? `user-${number}@shop.example` : undefined,
    plan: random.pick(['free', 'free', 'free', 'gold', 'platinum']),
    updatesAfter: random.between(0, 4), // days it takes to install a new version
    visits: random.between(2, 13),
    pushes: random.chance(0.8),
  };
}

function infoOf({ phone, home, updatesAfter }, time, random) {
  const age = (time - monthStart) / day - updatesAfter;
  const [applicationVersionName, applicationVersionCode] =
    versions.findLast(([, , first]) => age >= first) ?? versions[0];
  const wifi = random.chance(0.6);
  return {
    ...phone,
    carrierCountry: home.country,
    locale: home.locale,
    carrierName: home.carrier,
    networkType: wifi ? 'wifi' : 'mobile',
    ...(!wifi && { networkSubtype: random.pick(['LTE', 'HSPA+', 'EDGE']) }),
    applicationVersionName,
    applicationVersionCode,
    timeZoneOffset: home.offset,
    serviceVersion: '4.2.3',
  };
}

// One visit to the app: a session, what was looked at and done in it, and sometimes what went wrong.
function makeVisit(device, number) {
  const { random } = device;
  const start = monthStart + random.between(0, 30 * day - 1_800_000);
  const sessionId = guid('session', device.number, number);
  const records = [];
  let time = start;
  for (let i = random.between(2, 6); i > 0; i -= 1) {
    const durationMs = random.between(800, 60_000);
    const name = random.pick(screens);
    records.push({
      kind: 'activity',
      sessionId,
      name,
      timestamp: instant(time),
      durationMs,
      ...(name === 'Search' && { extras: { query: random.pick(searches) } }),
    });
    records.push(...makeActions(device, sessionId, time + random.between(100, durationMs)));
    time += durationMs + random.between(5, 50);
  }
  if (random.chance(0.04)) records.push(makeCrash(random, sessionId, time));
  records.push({ kind: 'session', sessionId, start: instant(start), end: instant(time) });
  return {
    batchId: guid('batch', device.number, number),
    deviceId: device.deviceId,
    sentAt: instant(time),
    info: infoOf(device, start, random),
    location: { countrycode: device.home.country, region: device.city[0], locality: device.city[1] },
    appInfo: {
      plan: device.plan,
      visits: number + 1,
      language: device.home.locale.slice(0, 2),
      beta: device.number % 10 === 0,
      ...(device.user && { userid: device.user }),
    },
    ...(number === 0 &&
      device.pushes && {
        pushToken: {
          type: 'fcm',
          token: `${guid('token', device.number)}:APA91b${guid('token 2', device.number)}`,
        },
        nativePushEnabled: true,
      }),
    records,
  };
}

function makeActions({ random, number }, sessionId, time) {
  const records = [];
  const product = random.pick(products);
  const event = (name, extras, more) =>
    records.push({
      kind: 'event',
      name,
      timestamp: instant(time + records.length * 40),
      sessionId,
      ...more,
      extras,
    });
  if (random.chance(0.7)) event('product_viewed', { product, price: random.between(199, 4999) / 100 });
  if (random.chance(0.25))
    event('added_to_cart', { product, quantity: random.between(1, 3), gift: random.chance(0.1) });
  if (random.chance(0.06))
    event('rated', { product, stars: random.between(1, 5), comment: random.pick(comments) });
  if (random.chance(0.05)) {
    const jobId = guid('job', number, time);
    event('checkout_started', { total: random.between(500, 12_000) / 100 }, { jobId });
    records.push({
      kind: 'job',
      jobId,
      name: 'checkout',
      start: instant(time),
      end: instant(time + random.between(900, 30_000)),
      extras: { payment: random.pick(['card', 'iDEAL', 'コンビニ']) },
    });
  }
  if (random.chance(0.03)) {
    records.push({
      kind: 'error',
      name: random.pick(['network_timeout', 'payment_declined', 'image "not found"']),
      timestamp: instant(time + 30),
      sessionId,
      extras: { url: '/api/v2/cart?items=1,2', code: random.pick([408, 402, 404]) },
    });
  }
  return records;
}

function makeCrash(random, sessionId, time) {
  const [type, message] = random.pick(exceptions);
  const line = random.between(20, 300);
  return {
    kind: 'crash',
    crashId: type.split('.').at(-1),
    timestamp: instant(time),
    sessionId,
    stack: `${type}: ${message}\n\tat com.example.shop.Cart.total(Cart.java:${line})\n\tat com.example.shop.Main.run(Main.java:7)`,
  };
}

const campaigns = [
  ['Announcement', 101, 3, 'InAppNotification'],
  ['Announcement', 102, 17, 'SystemNotification'],
  ['Poll', 201, 10, 'InAppNotification'],
  ['DataPush', 301, 12, undefined],
  ['NativePush', 401, 24, 'SystemNotification'],
];

// What a device did with the campaigns that reached it.
function makeFeedback(device) {
  const { random } = device;
  const records = [];
  for (const [campaignType, campaignId, firstDay, notification] of campaigns) {
    if (!random.chance(0.6)) continue;
    const time = monthStart + firstDay * day + random.between(0, 2 * day);
    const status = ['Queued'];
    if (notification) {
      status.push(`${notification}Displayed`);
      if (random.chance(0.4))
        status.push(
          `${notification}Actioned`,
          'ContentDisplayed',
          random.pick(['ContentActioned', 'ContentExited']),
        );
      else status.push(`${notification}Exited`);
    }
    records.push({ kind: 'feedback', campaignType, campaignId, status, timestamp: instant(time) });
  }
  return {
    batchId: guid('feedback', device.number),
    deviceId: device.deviceId,
    sentAt: instant(monthStart + 29 * day),
    records,
  };
}

// All batches of the month, device by device.
export function* sampleBatches() {
  for (let number = 0; number < deviceCount; number += 1) {
    const device = makeDevice(number);
    const visits = Array.from({ length: device.visits }, (_, visit) => makeVisit(device, visit));
    yield* visits.sort((a, b) => (a.sentAt < b.sentAt ? -1 : 1));
    if (device.pushes) yield makeFeedback(device);
  }
}
