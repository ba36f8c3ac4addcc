//! The functions that the migrations run. They assert what they see, on populated tables.

use orm::migrate::MigrationContext;
use orm::queries::Field;
use orm_tests::behaviour::error;
use serde_json::json;

orm::data_migration!("shop.fill_slugs", fill_slugs);
orm::data_migration!("shop.forget_slugs", forget_slugs);
orm::data_migration!("shop.gives_up", gives_up);
orm::data_migration!("shop.every_question", every_question);
orm::data_migration!("shop.wrong_names", wrong_names);
orm::data_migration!("shop.commits", commits);
orm::data_migration!("shop.fields_of_others", fields_of_others);

fn fill_slugs(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let posts = ctx.model("shop.Post")?;
    let (title, slug) = (posts.field::<String>("title")?, posts.field::<String>("slug")?);
    let mut sizes = Vec::new();
    let all = posts.filter(slug.eq("")).chunks(1_000, |rows| {
        sizes.push(rows.len());
        for mut post in rows {
            let text = post.get(title)?.to_lowercase().replace(' ', "-");
            post.set(slug, text.clone())?;
            assert_eq!(post.get(slug)?, text);
            post.save()?;
        }
        Ok(())
    })?;
    assert_eq!(all, sizes.iter().sum::<usize>() as u64);
    assert!(sizes.iter().all(|size| *size <= 1_000));
    Ok(())
}

/// On the way back the field still exists, and the title has its old name again.
fn forget_slugs(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let posts = ctx.model("Post")?;
    let (title, note) = (
        posts.field::<String>("title")?,
        posts.field::<Option<String>>("note")?,
    );
    let slug: Field<String> = posts.field("slug")?;
    assert_eq!(posts.filter(slug.eq("")).count()?, 0);
    posts.filter(title.ne("kept")).update(note.set(slug))?;
    Ok(())
}

fn gives_up(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let posts = ctx.model("Post")?;
    let views = posts.field::<i32>("views")?;
    assert!(posts.rows().update(views.set(views + 1))? > 0);
    Err(orm::Error::new(
        orm::error::Kind::Config,
        "the sums do not add up",
    ))
}

fn commits(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ctx.execute("UPDATE shop_post SET views = 0", &[])?;
    ctx.execute("/* ; */ COMMIT", &[]).map(drop)
}

fn every_question(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let (posts, authors) = (ctx.model("Post")?, ctx.model("shop.Author")?);
    let (id, name) = (authors.field::<i64>("id")?, authors.field::<String>("name")?);
    let title: Field<String> = posts.field("title")?;
    let note: Field<Option<String>> = posts.field("note")?;
    let views: Field<i32> = posts.field("views")?;
    let author: Field<i64> = posts.field("author")?;

    let ann = authors.create().set(name, "Ann").save()?;
    let key = ann.get(id)?;
    let made = posts.create().set(title, "A").set(author, key).save()?;
    assert_eq!(
        (made.get(views)?, made.get(note)?),
        (0, None),
        "defaults of the database"
    );
    let created_at: Field<chrono::DateTime<chrono::Utc>> = posts.field("created_at")?;
    assert!(made.get(created_at)? > chrono::Utc::now() - chrono::Duration::minutes(5));
    for number in 1..=3 {
        posts
            .create()
            .set(title, format!("B{number}"))
            .set(views, number)
            .set(note, "it's")
            .set(author, key)
            .save()?;
    }
    let of_ann = || posts.filter(author.eq(key));
    assert_eq!(of_ann().count()?, 4);
    assert_eq!(of_ann().limit(2).count()?, 2);
    let titles = |rows: Vec<orm::migrate::historical::HistoricalRow<'_>>| -> orm::Result<Vec<String>> {
        rows.iter().map(|row| row.get(title)).collect()
    };
    assert_eq!(
        titles(of_ann().order_by(title.desc()).limit(2).all()?)?,
        ["B3", "B2"]
    );
    assert_eq!(
        titles(of_ann().filter(views.gt(1) & note.is_not_null()).all()?)?,
        ["B2", "B3"]
    );
    assert_eq!(of_ann().order_by(views.desc()).first()?.unwrap().get(views)?, 3);
    assert!(of_ann().filter(title.eq("none")).first()?.is_none());
    assert!(error(of_ann().filter(title.eq("none")).get()).is_not_found());
    assert!(error(of_ann().get()).is_multiple());

    let mut second = of_ann().filter(title.eq("B2")).get()?;
    second.set(note, None::<String>)?;
    second.save()?;
    assert_eq!(of_ann().filter(note.is_null()).count()?, 2);
    assert_eq!(
        of_ann()
            .filter(title.starts_with("B"))
            .update((views.set(views * 10),))?,
        3
    );
    let mut sum = 0;
    let counted = of_ann().chunks(3, |rows| {
        for row in rows {
            sum += row.get(views)?;
        }
        Ok(())
    })?;
    assert_eq!((counted, sum), (4, 60));
    of_ann().filter(title.eq("B3")).get()?.delete()?;
    assert!(error(second_time(of_ann().filter(title.eq("A")).get()?)).is_not_found());
    assert_eq!(of_ann().filter(views.eq(10)).delete()?, 1);
    assert_eq!(titles(of_ann().all()?)?, ["B2"]);

    let mut made = posts
        .create()
        .set_json("title", &json!("J"))
        .set_json("author", &json!(key))
        .save()?;
    made.set_json("views", &json!(8))?;
    made.save()?;
    let found = posts.filter(posts.eq_json("id", &made.get_json("id")?)?).get()?;
    assert_eq!((found.json()?, found.get(views)?), (made.json()?, 8));
    let later = posts.create().set_json("headline", &json!("J"));
    let refused = error(later.save()).to_string();
    assert!(
        refused.contains("shop.Post has no field `headline` at this point of the history"),
        "{refused}"
    );
    found.delete()?;

    let refused = error(authors.create().save()).to_string();
    assert!(refused.contains("a new shop.Author needs name"), "{refused}");
    let refused = error(of_ann().limit(1).delete()).to_string();
    assert!(refused.contains("limit"), "{refused}");
    let refused = error(of_ann().limit(1).chunks(1, |_| Ok(()))).to_string();
    assert!(refused.contains("primary key"), "{refused}");
    let mut moved = of_ann().first()?.unwrap();
    moved.set(posts.field::<i64>("id")?, 7)?;
    let refused = error(moved.save()).to_string();
    assert!(refused.contains("primary key"), "{refused}");
    Ok(())
}

/// Deletes a row that is already gone.
fn second_time(row: orm::migrate::historical::HistoricalRow<'_>) -> orm::Result<()> {
    let posts = row.model();
    let title: Field<String> = posts.field("title")?;
    posts.filter(title.eq(row.get(title)?)).delete()?;
    row.delete()
}

fn wrong_names(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let said = |error: orm::Error| error.to_string();
    let gone = said(error(ctx.model("shop.Comment")));
    assert!(
        gone.contains("no model shop.Comment") && gone.contains("shop.Author, shop.Post"),
        "{gone}"
    );
    let posts = ctx.model("Post")?;
    let later = said(error(posts.field::<String>("headline")));
    assert!(
        later.contains("no field `headline`") && later.contains("title"),
        "{later}"
    );
    let other = said(error(posts.field::<i64>("title")));
    assert!(
        other.contains("shop.Post.title holds text, not bigint"),
        "{other}"
    );
    let null = said(error(posts.field::<String>("note")));
    assert!(null.contains("takes NULL") && null.contains("Option"), "{null}");
    let many = said(error(posts.field::<i64>("liked_by")));
    assert!(many.contains("shop.Post.liked_by is not a column"), "{many}");
    Ok(())
}

/// The field `name` of both models is at position 1.
fn fields_of_others(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let (posts, authors) = (ctx.model("Post")?, ctx.model("Author")?);
    let (title, name) = (posts.field::<String>("title")?, authors.field::<String>("name")?);
    let refused = |outcome: orm::Result<()>| {
        let said = outcome.unwrap_err().to_string();
        let whose = |field: &str, of: &str| said.contains(&format!("{field} is not a field of {of}"));
        assert!(
            whose("shop.Author.name", "shop.Post") || whose("shop.Post.title", "shop.Author"),
            "{said}"
        );
        assert!(
            said.contains("hint: ask the model of the rows for its fields"),
            "{said}"
        );
    };
    let mut post = posts.rows().order_by(title).first()?.expect("a post");
    refused(post.get(name).map(drop));
    let author = authors.rows().first()?.expect("an author");
    refused(author.get(title).map(drop));
    refused(post.set(name, "taken"));
    refused(posts.create().set(name, "taken").save().map(drop));
    refused(posts.filter(name.ne("")).all().map(drop));
    refused(posts.filter(title.eq(name)).count().map(drop));
    refused(posts.rows().order_by(name).first().map(drop));
    refused(posts.rows().update(name.set("taken")).map(drop));
    refused(posts.rows().update(title.set(name)).map(drop));
    refused(posts.filter(name.ne("")).delete().map(drop));
    refused(posts.filter(name.ne("")).chunks(10, |_| Ok(())).map(drop));
    // Fields of one model can be combined, however often the model was asked for.
    let again = ctx.model("shop.Post")?.field::<String>("title")?;
    assert_eq!(post.get(again)?, post.get(title)?);
    Ok(())
}
