//! Labelled messages.

/// A message and what it should be read as: in each field any of the values is right, none means not labelled.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) intent: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) crisis: Vec<String>,
    pub(crate) about: Option<Vec<String>>,
    pub(crate) self_risk: Option<Vec<String>>,
    pub(crate) text: String,
}

/// The rows of several files.
pub(crate) fn of_all(files: &[String]) -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    let mut all = Vec::new();
    for file in files {
        all.extend(of(file)?);
    }
    Ok(all)
}

/// The rows of a file.
pub(crate) fn of(file: &str) -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(file)?;
    let mut lines = text.lines().filter(|l| !l.trim().is_empty());
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines.map(|line| row(&head, line).ok_or_else(|| format!("{file}: {line}").into())).collect()
}

fn row(head: &[&str], line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.split('\t').collect();
    let cell = |name: &str| head.iter().position(|h| *h == name).and_then(|at| cells.get(at)).copied();
    let list = |cell: &str| -> Vec<String> {
        cell.split('|').filter(|c| *c != "-").map(|c| c.trim().to_owned()).collect()
    };
    let labelled = |name: &str| cell(name).filter(|c| *c != "?").map(list);
    let about = cell("about").filter(|c| *c != "?");
    Some(Row {
        id: cell("id")?.to_owned(),
        intent: list(cell("intent")?),
        categories: list(cell("categories")?),
        tags: labelled("tags"),
        crisis: list(cell("crisis")?),
        about: about.map(|c| c.split('|').map(|a| if a == "-" { "none" } else { a }.to_owned()).collect()),
        self_risk: labelled("self_risk"),
        text: cell("text")?.to_owned(),
    })
}
