// The page: GraphiQL with a panel of ready queries, read from queries.graphql beside the built files.
import { GraphiQL } from 'graphiql';
import { useEditorContext } from '@graphiql/react';
import { parse } from 'graphql';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './page.css';

const ENDPOINT = window.location.pathname;

async function fetcher(operation) {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/graphql-response+json, application/json;q=0.9',
    },
    body: JSON.stringify(operation),
  });
  return response.json();
}

// Every operation of the file with the comment before it: "Who asks: what it answers", then the document.
function readyQueries(source) {
  const { definitions } = parse(source);
  let end = 0;
  return definitions.map((definition) => {
    const text = source.slice(end, definition.loc.end).trim();
    end = definition.loc.end;
    const [who, ...what] = text.slice(1, text.indexOf('\n')).trim().split(': ');
    return { who, what: what.join(': '), query: `${text}\n` };
  });
}

function panel(queries) {
  const users = [...new Set(queries.map((each) => each.who))];

  function Panel() {
    const { addTab, queryEditor, variableEditor } = useEditorContext({ nonNull: true });
    const open = (query) => {
      if (queryEditor?.getValue().trim()) addTab();
      // The editor is emptied for the new tab first.
      setTimeout(() => {
        queryEditor?.setValue(query);
        variableEditor?.setValue('');
      });
    };
    return (
      <section className="ready" aria-label="Ready queries">
        <h1>Ready queries</h1>
        {users.map((who) => (
          <div key={who}>
            <h2>{who}</h2>
            <ul>
              {queries
                .filter((each) => each.who === who)
                .map((each) => (
                  <li key={each.what}>
                    <button type="button" onClick={() => open(each.query)}>
                      {each.what}
                    </button>
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </section>
    );
  }

  return { title: 'Ready queries', icon: Icon, content: Panel };
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <path d="M4 6h11M4 12h8M4 18h6M17 12l4 4-4 4" />
    </svg>
  );
}

// Opens the panel on a first visit; later ones find it as it was left. GraphiQL widens its panels on a click only.
function openOnce(title) {
  if (localStorage.getItem('graphiql:visiblePlugin') !== null) return;
  const observer = new MutationObserver(() => {
    const button = document.querySelector(`[aria-label="Show ${title}"]`);
    if (!button) return;
    observer.disconnect();
    button.click();
  });
  observer.observe(document.getElementById('page'), { childList: true, subtree: true });
}

async function start() {
  const response = await fetch(new URL('queries.graphql', import.meta.url));
  const queries = readyQueries(await response.text());
  const plugin = panel(queries);
  const firstOfEach = queries.filter((each, at) => queries.findIndex((other) => other.who === each.who) === at);
  const parameters = new URLSearchParams(window.location.search);
  openOnce(plugin.title);
  createRoot(document.getElementById('page')).render(
    <GraphiQL
      fetcher={fetcher}
      plugins={[plugin]}
      defaultTabs={firstOfEach.map(({ query }) => ({ query }))}
      query={parameters.get('query') ?? undefined}
      variables={parameters.get('variables') ?? undefined}
      inputValueDeprecation
      schemaDescription
      isHeadersEditorEnabled={false}
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo>Citygraph</GraphiQL.Logo>
    </GraphiQL>,
  );
}

start();
