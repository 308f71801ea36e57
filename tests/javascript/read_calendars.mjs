// Reads iCalendar files with ical.js and says what they mean: node read_calendars.mjs FILE... -> JSON, one object each.
// Instants are seconds since 1970-01-01 UTC. See tests/support/ical_oracles.py for the other readers of the same facts.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const MOST_OCCURRENCES = 1000;

const seconds = (event, name) => {
  const value = event.getFirstPropertyValue(name);
  return value === null ? null : value.toUnixTime();
};
const word = (event, name) => event.getFirstPropertyValue(name) ?? "";
const address = (uri) => String(uri ?? "").replace(/^mailto:/i, "");
const parameter = (property, name) => [property.getParameter(name) ?? ""].flat().join(",");

const party = (property) => ({
  address: address(property.getFirstValue()),
  name: parameter(property, "cn"),
  role: parameter(property, "role"),
  partstat: parameter(property, "partstat"),
  rsvp: parameter(property, "rsvp"),
  delegated_to: address(parameter(property, "delegated-to")),
  delegated_from: address(parameter(property, "delegated-from")),
  sent_by: address(parameter(property, "sent-by")),
});

const factsOf = (event) => ({
  uid: word(event, "uid"),
  sequence: event.getFirstPropertyValue("sequence"),
  stamp: seconds(event, "dtstamp"),
  start: seconds(event, "dtstart"),
  end: seconds(event, "dtend"),
  recurrence_id: seconds(event, "recurrence-id"),
  summary: word(event, "summary"),
  description: word(event, "description"),
  location: word(event, "location"),
  comment: word(event, "comment"),
  url: word(event, "url"),
  status: word(event, "status"),
  organizer: party(event.getFirstProperty("organizer")),
  attendees: event.getAllProperties("attendee").map(party),
  conferences: event.getAllProperties("conference").map((property) => property.getFirstValue()),
});

const occurrencesOf = (events) => {
  const master = events.find((event) => !event.hasProperty("recurrence-id"));
  if (!master || !master.hasProperty("dtstart")) {
    return events.map((event) => seconds(event, "dtstart")).filter((start) => start !== null);
  }
  const exceptions = events.filter((event) => event.hasProperty("recurrence-id"));
  const series = new ICAL.Event(master, { strictExceptions: true, exceptions });
  const found = [];
  const iterator = series.iterator();
  for (let next = iterator.next(); next && found.length < MOST_OCCURRENCES; next = iterator.next()) {
    found.push(series.getOccurrenceDetails(next).startDate.toUnixTime());
  }
  return found;
};

const byUid = (events) => {
  const meetings = new Map();
  for (const event of events) {
    const uid = word(event, "uid");
    meetings.set(uid, [...(meetings.get(uid) ?? []), event]);
  }
  return [...meetings.values()];
};

const read = (file) => {
  const root = new ICAL.Component(ICAL.parse(readFileSync(file, "utf-8")));
  const events = root.getAllSubcomponents("vevent");
  return {
    method: root.getFirstPropertyValue("method"),
    events: events.map(factsOf),
    occurrences: byUid(events).flatMap(occurrencesOf).sort((one, other) => one - other),
  };
};

process.stdout.write(JSON.stringify(process.argv.slice(2).map(read)));
