import type { steps as en } from "../en/steps";
import type { Translated } from "../message";

export const steps: Translated<typeof en> = {
  "relay-connecting": "З’єднання з ретранслятором {relay}",
  "relay-connected": "З’єднано з ретранслятором {relay}",
  "relay-unknown-code": "Ретранслятор {relay} не знає цього коду",
  "room-taken": "Цей код зайнятий; створюється інший",
  waiting: "Очікування іншої сторони",
  rejoined: "Знову на ретрансляторі, очікування триває",
  handshake: "Узгодження ключів",
  "handshake-failed": "Не вдалося узгодити ключі: {reason}",
  "wrong-code": {
    one: "Хтось увів неправильний код; залишилася {count} спроба",
    few: "Хтось увів неправильний код; залишилося {count} спроби",
    many: "Хтось увів неправильний код; залишилося {count} спроб",
    other: "Хтось увів неправильний код; залишилося {count} спроби",
  },
  "keys-agreed": "Ключі узгоджено",
  "verify-asked": "Порівняння кодів перевірки",
  "verify-confirmed": "Перевірку підтверджено",
  "offer-sent": {
    one: "Пропозицію надіслано: {count} елемент, {bytes}",
    few: "Пропозицію надіслано: {count} елементи, {bytes}",
    many: "Пропозицію надіслано: {count} елементів, {bytes}",
    other: "Пропозицію надіслано: {count} елемента, {bytes}",
  },
  "offer-received": {
    one: "Пропозицію отримано: {count} елемент, {bytes}",
    few: "Пропозицію отримано: {count} елементи, {bytes}",
    many: "Пропозицію отримано: {count} елементів, {bytes}",
    other: "Пропозицію отримано: {count} елемента, {bytes}",
  },
  accepted: {
    one: "Прийнято: {count} елемент, {bytes}",
    few: "Прийнято: {count} елементи, {bytes}",
    many: "Прийнято: {count} елементів, {bytes}",
    other: "Прийнято: {count} елемента, {bytes}",
  },
  streaming: "Передавання",
  reconnected: "З’єднання відновлено",
  "item-anew": "Файл змінився, його буде надіслано заново",
  parting: "Повідомлення іншій стороні, що передавання закінчено",
  results: "Обмін результатами",
  completed: "Завершено",
};
